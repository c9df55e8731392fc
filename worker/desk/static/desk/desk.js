/* Keys and small comforts. Every page works without this file. */
"use strict";

(() => {
  const OFF = "mamori.keys.off";
  const root = document.documentElement;
  root.classList.add("scripted");

  const memory = {
    get off() { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } },
    set off(value) { try { localStorage.setItem(OFF, value ? "1" : "0"); } catch { /* private window: keys stay on */ } },
  };

  const writing = (element) => element.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]") !== null;
  const stops = () => [...document.querySelectorAll("[data-stop]")];

  function step(by) {
    const all = stops();
    if (!all.length) return;
    const here = all.findIndex((stop) => stop.contains(document.activeElement));
    const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by))];
    const target = next.querySelector("[data-open]") || next;
    target.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function open() {
    const stop = stops().find((each) => each.contains(document.activeElement));
    const veil = stop && stop.querySelector("details.veil");
    if (veil) veil.open = !veil.open;
    else if (stop) (stop.querySelector("[data-open]") || stop).click();
  }

  function press(element) {
    if (element.tagName === "DETAILS") {
      element.open = !element.open;
      const first = element.querySelector("input:not([type=hidden]), select, textarea, summary");
      if (element.open && first) first.focus();
      element.scrollIntoView({ block: "nearest" });
    } else if (element.matches("input, select, textarea")) {
      element.focus();
    } else {
      element.click();
    }
  }

  const dialog = document.getElementById("keys");

  function help() {
    if (!dialog) return;
    if (dialog.open) dialog.close();
    else dialog.showModal();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { root.classList.add("quiet"); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
    if (event.key === "?") { event.preventDefault(); help(); return; }
    if (memory.off || (dialog && dialog.open)) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "o") open();
    else {
      const element = event.key.length === 1 && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (!element) return;
      press(element);
    }
    event.preventDefault();
  });

  for (const kind of ["pointermove", "focusin"]) {
    document.addEventListener(kind, () => root.classList.remove("quiet"), { passive: true });
  }

  document.querySelectorAll("[data-keys-off]").forEach((box) => {
    box.checked = memory.off;
    box.addEventListener("change", () => { memory.off = box.checked; });
  });

  /* One menu open at a time; a press elsewhere closes it. */
  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* Following a number to veiled words lifts their veil. */
  function lift() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let veil = target && target.closest("details"); veil; veil = veil.parentElement.closest("details")) veil.open = true;
    if (target) target.scrollIntoView({ block: "center" });
  }
  window.addEventListener("hashchange", lift);
  lift();

  /* Paper shows everything; afterwards the page is as it was. */
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open]):not(.no-print)")];
    opened.forEach((each) => { each.open = true; });
  });
  window.addEventListener("afterprint", () => opened.forEach((each) => { each.open = false; }));

  /* Fields that belong to a choice show only with it. */
  document.querySelectorAll("[data-when]").forEach((part) => {
    const [name, wanted] = part.dataset.when.split("=");
    const form = part.closest("form");
    const show = () => {
      const chosen = new FormData(form).get(name);
      part.hidden = !wanted.split("|").includes(chosen);
    };
    form.addEventListener("change", show);
    show();
  });
})();
