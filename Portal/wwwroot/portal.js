// What only the browser can do: buttons that must work without a circuit, the address bar, and the tab's own storage.
document.addEventListener('click', event => {
  if (event.target.closest?.('[data-reload]')) location.reload();
});

window.portal = {
  signOut() { document.getElementById('sign-out').requestSubmit(); },
  // The router would scroll to the top; a selection must not move the page.
  setQuery(name, value) {
    const address = new URL(location.href);
    value === null ? address.searchParams.delete(name) : address.searchParams.set(name, value);
    history.replaceState(history.state, '', address);
  },

  // What is half typed survives a reload and a lost connection in the tab's own storage. It holds nothing secret.
  // As bytes, which travel in pieces: a text as long as a message may be would end the connection. After one that says nothing, since a
  // stream cannot be empty.
  load(key) {
    let text = '';
    try { text = sessionStorage.getItem(key) ?? ''; } catch { /* switched off: nothing is there */ }
    return new TextEncoder().encode('=' + text);
  },

  save(key, text) {
    try {
      sessionStorage.setItem(key, text);
      return true;
    } catch {
      return false; // the storage is full or switched off; the page goes on without
    }
  },

  clear(key) {
    try { sessionStorage.removeItem(key); } catch { /* switched off: nothing is there */ }
  },

  async copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false; // plain http, or not allowed: it stands there to be selected
    }
  },

  // Of the part of an element that scrolls.
  isScrolled(id) { return (document.getElementById(id)?.querySelector('.mud-table-container')?.scrollTop ?? 0) > 4; },
  scrollToTop(id) { document.getElementById(id)?.querySelector('.mud-table-container')?.scrollTo(0, 0); },

  focus(id) {
    const element = document.getElementById(id);
    if (!element) return;
    for (let folded = element.parentElement.closest('details'); folded; folded = folded.parentElement.closest('details')) folded.open = true;
    const target = element.matches('fieldset') ? element.querySelector('input:checked, input') ?? element : element;
    target.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    target.focus({ preventScroll: true });
  },
};
