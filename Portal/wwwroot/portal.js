// What only the browser can do: buttons that must work without a circuit, and the address bar.
document.addEventListener('click', event => {
  if (event.target.closest?.('[data-reload]')) location.reload();
});

const modal = document.getElementById('components-reconnect-modal');
if (modal) {
  const since = modal.querySelector('time');
  new MutationObserver(() => {
    if (!modal.classList.contains('components-reconnect-show')) since.textContent = '';
    else if (!since.textContent) since.textContent = new Date().toISOString().slice(11, 19) + ' UTC';
  }).observe(modal, { attributeFilter: ['class'] });
}

window.portal = {
  signOut() { document.getElementById('sign-out').requestSubmit(); },
  // The router would scroll to the top; a selection must not move the page.
  setQuery(name, value) {
    const address = new URL(location.href);
    value === null ? address.searchParams.delete(name) : address.searchParams.set(name, value);
    history.replaceState(history.state, '', address);
  },
};
