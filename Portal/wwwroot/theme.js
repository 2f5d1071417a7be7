// Loaded before anything is painted, so that the wrong theme never flashes.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const paper = matchMedia('print');
  const kept = () => { try { return localStorage.getItem('theme') ?? 'system'; } catch { return 'system'; } };
  let theme = kept();
  const apply = () => document.documentElement.dataset.theme = paper.matches ? 'light' : theme === 'light' || theme === 'dark' ? theme : dark.matches ? 'dark' : 'light';
  apply();
  dark.addEventListener('change', apply);
  paper.addEventListener('change', apply);
  addEventListener('storage', () => { theme = kept(); apply(); });
  window.portalTheme = {
    chosen: () => theme,
    choose(chosen) {
      theme = chosen;
      try { theme === 'system' ? localStorage.removeItem('theme') : localStorage.setItem('theme', theme); } catch { /* private mode: this page only */ }
      apply();
    },
  };
})();
