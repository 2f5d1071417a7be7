// The picture's size, zoom, search and keys. All of it the browser's own business: no wheel tick goes to the portal. Blazor draws what is in
// here and owns its attributes; what is said of a node here stands in data attributes that Blazor does not know.
const narrow = matchMedia('(max-width: 720px)');
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const least = .25;
const most = 2.5;
// Smaller than that a whole picture could not be read; it is panned instead.
const readable = .82;
// What stands below: the panel's edge, and the line of time.
const below = 86;

customElements.define('portal-picture', class extends HTMLElement {
  #zoom = null;
  #scale = 1;
  #drag = null;
  #sizes = new ResizeObserver(() => this.#lay());
  #shapes = new MutationObserver(changes => {
    if (changes.some(change => change.target === this)) this.#lay();
    else if (this.#wanted) this.#find(false);
  });

  connectedCallback() {
    this.#sizes.observe(this);
    this.#shapes.observe(this, { attributes: true, attributeFilter: ['data-width', 'data-height', 'class'], childList: true, subtree: true });
    addEventListener('resize', this);
    for (const kind of ['click', 'input', 'keydown', 'focusin', 'pointerdown', 'pointermove', 'pointerup', 'pointercancel', 'dragstart']) this.addEventListener(kind, this);
    this.addEventListener('wheel', this, { passive: false });
  }

  disconnectedCallback() {
    this.#sizes.disconnect();
    this.#shapes.disconnect();
    removeEventListener('resize', this);
  }

  handleEvent(event) { this[`on${event.type}`]?.(event); }

  get #frame() { return this.querySelector('.frame'); }
  get #nodes() { return [...this.querySelectorAll('.node')]; }
  get #isList() { return narrow.matches || this.classList.contains('as-list'); }
  get #wanted() { return this.querySelector('[data-find]')?.value.trim().toLowerCase() ?? ''; }

  #lay() {
    const frame = this.#frame;
    if (!frame) return;
    this.toggleAttribute('data-narrow', narrow.matches);
    const [width, height] = [Number(this.dataset.width), Number(this.dataset.height)];
    // Without tools it is a plan's, which has the page to itself: as wide as there is room.
    const hasTools = !!this.querySelector('.zoom');
    const room = Math.max(innerHeight - (frame.getBoundingClientRect().top + scrollY) - below, 420);
    const across = frame.clientWidth / width;
    // Cards are read a screen at a time, columns as a whole.
    const fit = !hasTools ? Math.min(1, across) : this.dataset.compact !== undefined ? Math.min(1.1, across) : Math.min(1.5, across, Math.max(room / height, readable));
    this.#scale = this.#zoom ?? fit;
    const needed = Math.ceil(height * this.#scale);
    const style = this.style;
    style.setProperty('--scale', this.#scale);
    style.setProperty('--sheet-width', `${width * this.#scale}px`);
    style.setProperty('--sheet-height', `${needed}px`);
    // Zooming leaves the frame as it is; what is below it would jump.
    style.setProperty('--room', !hasTools || this.#isList ? 'auto' : `${Math.min(Math.ceil(height * fit), this.dataset.compact !== undefined ? Math.max(room, 520) : Infinity)}px`);
  }

  #zoomTo(scale, x, y) {
    const frame = this.#frame;
    const before = this.#scale;
    this.#zoom = scale === null ? null : Math.min(most, Math.max(least, scale));
    const box = frame.getBoundingClientRect();
    const [dx, dy] = [(x ?? box.left + box.width / 2) - box.left, (y ?? box.top + box.height / 2) - box.top];
    const [left, top] = [(frame.scrollLeft + dx) / before, (frame.scrollTop + dy) / before];
    this.#lay();
    frame.scrollLeft = left * this.#scale - dx;
    frame.scrollTop = top * this.#scale - dy;
  }

  onresize() { this.#lay(); }

  onclick(event) {
    const picture = event.target.closest('[data-png]');
    if (picture) save(picture.dataset.png);
    if (picture || event.target.closest('a[download]')) event.target.closest('details')?.removeAttribute('open');
    const button = event.target.closest('[data-zoom]');
    if (button) this.#zoomTo({ in: this.#scale * 1.25, out: this.#scale / 1.25, fit: null }[button.dataset.zoom]);
  }

  // Fingers that pinch on a touchpad come as a wheel with the control key.
  onwheel(event) {
    if (!event.ctrlKey && !event.metaKey || this.#isList || !this.#frame.contains(event.target)) return;
    event.preventDefault();
    this.#zoomTo(this.#scale * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  }

  // Panning with the mouse; touch and wheel scroll by themselves.
  onpointerdown(event) {
    const frame = this.#frame;
    if (event.pointerType !== 'mouse' || event.button !== 0 || this.#isList || !frame.contains(event.target) || event.target.closest('.node')) return;
    if (frame.scrollWidth <= frame.clientWidth && frame.scrollHeight <= frame.clientHeight) return;
    this.#drag = { x: event.clientX, y: event.clientY, left: frame.scrollLeft, top: frame.scrollTop };
    frame.setPointerCapture(event.pointerId);
  }

  onpointermove(event) {
    if (!this.#drag) return;
    this.#frame.scrollLeft = this.#drag.left - (event.clientX - this.#drag.x);
    this.#frame.scrollTop = this.#drag.top - (event.clientY - this.#drag.y);
  }

  onpointerup() { this.#drag = null; }
  onpointercancel() { this.#drag = null; }
  ondragstart(event) { if (event.target.closest?.('.node')) event.preventDefault(); }

  oninput(event) { if (event.target.matches('[data-find]')) this.#find(true); }

  #find(moves) {
    const words = this.#wanted.split(/\s+/).filter(Boolean);
    const nodes = this.#nodes;
    const found = words.length ? nodes.filter(node => words.every(word => node.textContent.toLowerCase().includes(word))) : [];
    for (const node of nodes) {
      node.toggleAttribute('data-found', found.includes(node));
      node.toggleAttribute('data-missed', words.length > 0 && !found.includes(node));
    }
    const count = this.querySelector('[data-found-count]');
    const text = words.length ? (found.length ? `${found.length} found` : 'nothing found') : '';
    if (count && count.textContent !== text) count.textContent = text;
    if (moves && found.length) this.#show(found[0]);
    return found;
  }

  #show(node) { node.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: calm.matches ? 'auto' : 'smooth' }); }

  // One stop for the Tab key; arrows go on from there.
  onfocusin(event) {
    const node = event.target.closest('a.node');
    if (!node) return;
    for (const other of this.querySelectorAll('a.node[tabindex="0"]')) if (other !== node) other.tabIndex = -1;
    node.tabIndex = 0;
  }

  onkeydown(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.matches('[data-find]')) {
      if (event.key === 'Enter') this.#go(this.#find(false)[0], event);
      else if (event.key === 'Escape' && event.target.value) { event.target.value = ''; this.#find(false); event.preventDefault(); }
      return;
    }
    const node = event.target.closest('a.node');
    if (!node) return;
    const nodes = this.#nodes.filter(one => one.matches('a') && one.offsetWidth > 1);
    const at = nodes.indexOf(node);
    switch (event.key) {
      case 'Home': return this.#go(nodes[0], event);
      case 'End': return this.#go(nodes.at(-1), event);
      case '+': case '=': event.preventDefault(); return this.#zoomTo(this.#scale * 1.25);
      case '-': event.preventDefault(); return this.#zoomTo(this.#scale / 1.25);
      case '0': event.preventDefault(); return this.#zoomTo(null);
      case 'ArrowDown': case 'ArrowUp': case 'ArrowLeft': case 'ArrowRight': break;
      default: return;
    }
    if (this.#isList) this.#go(nodes[at + (event.key === 'ArrowDown' || event.key === 'ArrowRight' ? 1 : -1)], event);
    else this.#go(next(node, nodes, event.key), event);
  }

  #go(node, event) {
    event.preventDefault();
    if (!node) return;
    node.focus({ preventScroll: true });
    this.#show(node);
  }
});

// The portal draws no pixels: the browser makes them of the same file that it gives as SVG. As data, which the page's policy lets be an image.
async function save(address) {
  const answer = await fetch(address);
  if (!answer.ok) return;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await answer.text())}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  const link = document.createElement('a');
  link.href = canvas.toDataURL('image/png');
  // As the SVG would be called.
  link.download = answer.headers.get('content-disposition').match(/filename="?([^";]+)\.svg/)[1] + '.png';
  link.click();
}

// The nearest in that direction; what lies off to the side counts more than what lies far.
function next(from, nodes, key) {
  const middle = node => { const box = node.getBoundingClientRect(); return { x: box.x + box.width / 2, y: box.y + box.height / 2, box }; };
  const here = middle(from);
  const sideways = key === 'ArrowLeft' || key === 'ArrowRight';
  const sign = key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1;
  let best = null;
  for (const node of nodes) {
    if (node === from) continue;
    const there = middle(node);
    const along = sign * (sideways ? there.x - here.x : there.y - here.y);
    if (along < 4) continue;
    const [low, high, p] = sideways ? [there.box.top, there.box.bottom, here.y] : [there.box.left, there.box.right, here.x];
    const off = Math.max(0, low - p, p - high);
    const cost = along + off * 2.5 + Math.abs(sideways ? there.y - here.y : there.x - here.x) * .05;
    if (!best || cost < best.cost) best = { node, cost };
  }
  return best?.node;
}

// Escape closes the details wherever one is in them, and goes back to their node.
addEventListener('keydown', event => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  const close = document.querySelector('[data-close-node]');
  if (!close || document.querySelector('.mud-dialog, .mud-popover-open')) return;
  const node = document.querySelector('a.node[aria-current]');
  close.click();
  node?.focus({ preventScroll: true });
});
