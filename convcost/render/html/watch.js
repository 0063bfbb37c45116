"use strict";
(() => {
  const known = document.querySelector("meta[name=number]").content;
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.className = "dim";
  document.querySelector("main").before(said);
  const ask = async () => {
    try {
      const found = await (await fetch("version", { cache: "no-store" })).text();
      said.textContent = "";
      if (found !== known) location.reload();
    } catch {
      said.textContent = "convcost view has ended: this page no longer follows the file";
    }
  };
  ask();
  setInterval(ask, 700);
})();
