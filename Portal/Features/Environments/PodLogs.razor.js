// A log that is read at its end stays there when lines come; whoever has scrolled up keeps his place.
customElements.define('portal-tail', class extends HTMLElement {
  #atEnd = true;
  #lines = new MutationObserver(() => { if (this.#atEnd) this.#toEnd(); });

  connectedCallback() {
    this.#lines.observe(this, { childList: true, subtree: true });
    this.addEventListener('scroll', event => {
      const box = event.target;
      this.#atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    }, true);
  }

  disconnectedCallback() { this.#lines.disconnect(); }

  #toEnd() {
    const box = this.querySelector('pre');
    if (box) box.scrollTop = box.scrollHeight;
  }
});
