// Keeps a page through the loss of its circuit. One that was paused, because its portal stops in good order, goes on in whichever portal is
// ready first; one that was lost, because its portal was killed or has forgotten it, is replaced by loading the page again. Either way the
// fields' text, the focus and the place on the page are carried over: the last letters may never have reached the portal.
(() => {
  const modal = document.getElementById('components-reconnect-modal');
  const kept = 'portal.carried';
  const pollEvery = 500;
  // Fields by their id, as last typed into on this page.
  const edited = { href: '', fields: new Map() };
  let since = null;
  let paused = false;
  let leaving = false;

  const isText = element => element?.id && element.matches?.('textarea, select, input:not([type=radio], [type=checkbox])');
  const after = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const tell = field => field.dispatchEvent(new Event(field.matches('select') ? 'change' : 'input', { bubbles: true }));

  const isReady = async () => {
    try { return (await fetch('/health/ready', { cache: 'no-store' })).ok; } catch { return false; }
  };

  // Ahead of Blazor's own listeners: without a circuit it could only fail to pass an event on.
  const withhold = event => { if (since) { event.stopImmediatePropagation(); return true; } };
  addEventListener('input', event => {
    if (isText(event.target)) {
      if (edited.href !== location.href) { edited.href = location.href; edited.fields.clear(); }
      edited.fields.set(event.target.id, event.target);
    }
    withhold(event);
  }, true);
  addEventListener('change', withhold, true);
  addEventListener('submit', event => { if (withhold(event)) event.preventDefault(); }, true);
  addEventListener('click', event => {
    const pressed = event.target.closest?.('a[href], button');
    if (pressed && !pressed.matches('[data-reload], [data-theme-toggle]') && withhold(event)) event.preventDefault();
  }, true);

  function take() {
    const focused = document.activeElement?.id ? document.activeElement : null;
    return {
      href: location.href,
      person: document.body.dataset.person,
      values: edited.href === location.href ? [...edited.fields].map(([id, field]) => [id, field.value]) : [],
      focus: focused && { id: focused.id, start: focused.selectionStart ?? null, end: focused.selectionEnd ?? null },
      scroll: [scrollX, scrollY],
    };
  }

  function give(carried) {
    const values = new Map(carried.values);
    let { focus, scroll } = carried;
    const apply = () => {
      for (const [id, value] of values) {
        const field = document.getElementById(id);
        if (!field) continue;
        values.delete(id);
        if (field.value === value) continue;
        field.value = value;
        tell(field);
      }
      const target = focus && document.getElementById(focus.id);
      if (target && document.activeElement !== target) {
        target.focus({ preventScroll: true });
        if (focus.start !== null) target.setSelectionRange(focus.start, focus.end);
      }
      if (scroll && document.documentElement.scrollHeight >= scroll[1] + innerHeight) {
        scrollTo(...scroll);
        scroll = null;
      }
    };
    // The router puts the focus on the heading of a page that opens: here it goes on.
    const observer = new MutationObserver(apply);
    const letGo = () => { focus = scroll = null; };
    observer.observe(document.body, { childList: true, subtree: true });
    addEventListener('focusin', apply);
    addEventListener('keydown', letGo, { once: true, capture: true });
    addEventListener('pointerdown', letGo, { once: true, capture: true });
    setTimeout(() => { observer.disconnect(); removeEventListener('focusin', apply); letGo(); }, 60000);
    apply();
  }

  async function loadAgain() {
    if (leaving) return;
    leaving = true;
    // A reload that meets nobody would leave the browser's own error page, from where no way leads on.
    while (!await isReady()) await after(pollEvery);
    try { sessionStorage.setItem(kept, JSON.stringify(take())); } catch { /* full or switched off: what was kept before is there */ }
    location.reload();
  }

  async function goOn() {
    for (let refused = 0; refused < 3;) {
      await after(pollEvery);
      if (!await isReady()) continue;
      const old = document.querySelector('.shell');
      let carried = take();
      // Until the new circuit has drawn the page anew, letters still go into the old one.
      const drawn = new Promise(done => {
        const observer = new MutationObserver(() => {
          if (old?.isConnected === false) { observer.disconnect(); done(); }
        });
        observer.observe(document.body, { childList: true, subtree: true });
      });
      const typing = setInterval(() => { if (old?.isConnected) carried = take(); }, 10);
      try {
        if (!await Blazor.resumeCircuit()) break;
        await Promise.race([drawn, after(10000)]);
        carried.values = carried.values.map(([id, value]) => [id, edited.fields.get(id)?.value ?? value]);
        paused = false;
        show(null);
        give(carried);
        return;
      } catch { refused++; } finally { clearInterval(typing); }
    }
    await loadAgain();
  }

  function show(at) {
    since = at;
    document.documentElement.toggleAttribute('data-disconnected', at !== null);
    for (const time of document.querySelectorAll('[data-disconnected-since]')) time.textContent = at?.toLocaleTimeString('en-GB') ?? '';
  }

  modal.addEventListener('components-reconnect-state-changed', event => {
    switch (event.detail.state) {
      case 'show': show(since ?? new Date()); break;
      case 'paused': paused = true; goOn(); break;
      case 'hide':
        if (paused) break;
        show(null);
        // The same circuit again, which has not heard what was typed meanwhile.
        for (const [id, field] of edited.fields) if (edited.href === location.href && document.getElementById(id) === field) tell(field);
        break;
      case 'failed': case 'rejected': case 'resume-failed': loadAgain(); break;
    }
  });

  // Asked by a portal that stops; not awaited by it, because the pause ends the conversation.
  window.portal.pause = () => { setTimeout(() => Blazor.pauseCircuit()); };

  try {
    const carried = JSON.parse(sessionStorage.getItem(kept));
    sessionStorage.removeItem(kept);
    if (carried?.href === location.href && carried.person === document.body.dataset.person) give(carried);
  } catch { /* nothing was carried, or nothing that can be read */ }

  // Often at first, and for as long as the page stands.
  Blazor.start({ circuit: { reconnectionOptions: {
    maxRetries: Number.MAX_SAFE_INTEGER,
    retryIntervalMilliseconds: attempt => attempt === 0 ? 0 : attempt < 120 ? 1000 : 5000,
  } } });
})();
