// Loaded before anything is painted, so that the wrong theme never flashes.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  const chosen = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const apply = () => root.dataset.theme = chosen() ?? (dark.matches ? 'dark' : 'light');
  apply();
  dark.addEventListener('change', apply);
  addEventListener('storage', apply);
  document.addEventListener('click', event => {
    if (!event.target.closest?.('[data-theme-toggle]')) return;
    const theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
    // Back at what the system says, nothing needs remembering.
    try { theme === (dark.matches ? 'dark' : 'light') ? localStorage.removeItem('theme') : localStorage.setItem('theme', theme); } catch { /* private mode: this page only */ }
    root.dataset.theme = theme;
  });
})();
