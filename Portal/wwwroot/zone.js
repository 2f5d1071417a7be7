// Tells the portal by a cookie in which zone the browser is, before the first circuit asks for a page.
(() => {
  const here = () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
  const told = here();
  const tell = zone => {
    document.cookie = `portal-zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;
  };
  tell(told);
  // Somebody who has travelled meanwhile: the page that stands keeps its zone, so that it has only one, and the next is loaded anew.
  addEventListener('click', event => {
    if (here() === told || !event.target.closest?.('a[href]')) return;
    tell(here());
    event.stopImmediatePropagation();
  }, true);
})();
