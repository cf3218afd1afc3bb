// Small comforts; every page works without them.
"use strict";
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = "Copied";
  });
}
// Signing out here ends what this browser keeps of passes, see offline-pages.js.
for (const form of document.querySelectorAll('form[action="/logout"]')) {
  form.addEventListener("submit", async (event) => {
    if (!navigator.serviceWorker) return;
    event.preventDefault();
    const dropped = import("/static/offline-pages.js").then(({ dropAll }) => dropAll());
    const late = new Promise((resolve) => setTimeout(resolve, 1500));
    await Promise.race([dropped.catch(() => undefined), late]); // nothing keeps anybody signed in
    form.submit();
  });
}
// Terms editor: fetch the plain words again a moment after the last change.
const editor = document.querySelector("form[data-preview]");
if (editor) {
  const target = document.getElementById("preview");
  let timer = 0;
  let running = null;
  const refresh = async () => {
    if (running) running.abort();
    running = new AbortController();
    try {
      const answer = await fetch(editor.dataset.preview, {
        method: "POST",
        body: new URLSearchParams(new FormData(editor)),
        headers: { Accept: "text/html" },
        signal: running.signal,
      });
      if (answer.ok || answer.status === 422) target.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  };
  editor.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 350);
  });
}
// Session form: an empty language more. Without this the page brings one after each save.
for (const button of document.querySelectorAll("[data-more-languages]")) {
  const list = button.closest("details").querySelector("[data-languages]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const number = list.children.length + 1;
    const fresh = list.lastElementChild.cloneNode(true);
    fresh.querySelector("legend").textContent = "Another language";
    for (const part of fresh.querySelectorAll("[id], [for]")) {
      for (const name of ["id", "for", "aria-describedby"]) {
        const value = part.getAttribute(name);
        if (value) part.setAttribute(name, value.replace(/-\d+(?=-hint$|$)/, `-${number}`));
      }
      if ("value" in part) part.value = "";
    }
    list.append(fresh);
    fresh.querySelector("input").focus();
  });
}
