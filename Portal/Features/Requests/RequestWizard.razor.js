// The draft survives a reload and a lost connection in the tab's own storage. It holds nothing secret.
export const load = (key) => sessionStorage.getItem(key);
export const clear = (key) => sessionStorage.removeItem(key);

export function save(key, draft) {
  try {
    sessionStorage.setItem(key, draft);
    return true;
  } catch {
    return false; // the storage is full or switched off; the form goes on without
  }
}

export function focus(id) {
  const element = document.getElementById(id);
  if (!element) return;
  const target = element.matches("fieldset") ? element.querySelector("input:checked, input") ?? element : element;
  target.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  target.focus({ preventScroll: true });
}
