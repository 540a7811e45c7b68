"use strict";
(() => {
  // Of the failures of a label, those with the chosen label and answer; the cells of its confusion matrix choose both.
  const choose = (select, value) => {
    select.value = value;
    if (select.value !== value) select.value = "";
  };
  for (const form of document.querySelectorAll(".filter")) {
    const place = form.closest(".part, section");
    const cards = [...place.querySelectorAll(".card")];
    const more = place.querySelector(".more-cards");
    const show = () => {
      const [label, answer] = [form.elements.label.value, form.elements.answer.value];
      const fits = (card) => (!label || card.dataset.label === label) && (!answer || card.dataset.answer === answer);
      for (const card of cards) card.hidden = !fits(card);
      if (more && (label || answer)) more.open = true;
      form.querySelector("[role=status]").textContent = `${cards.filter(fits).length} of ${cards.length} shown`;
    };
    form.hidden = false;
    form.addEventListener("change", show);
    for (const link of document.querySelectorAll(`.matrix a[href="#${place.id}"]`)) {
      link.addEventListener("click", () => {
        choose(form.elements.label, link.dataset.label);
        choose(form.elements.answer, link.dataset.answer);
        show();
      });
    }
  }

  // What is wider than its place is scrolled by keyboard, too.
  const regions = [...document.querySelectorAll(".scroll")];
  const reach = () => {
    for (const region of regions) {
      const wide = region.scrollWidth > region.clientWidth + 1;
      region.toggleAttribute("tabindex", wide);
      if (wide) {
        region.tabIndex = 0;
        region.setAttribute("role", "region");
        const part = region.closest(".part")?.querySelector(".part-title").textContent;
        const name = region.querySelector("caption")?.textContent ?? "Table";
        region.setAttribute("aria-label", part ? `${name}, ${part}` : name);
      } else {
        region.removeAttribute("role");
        region.removeAttribute("aria-label");
      }
    }
  };
  reach();
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => (each.open = true)));

  // Which section is read.
  const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        links.get(entry.target.id)?.setAttribute("aria-current", "true");
      }
    },
    { rootMargin: "-10% 0px -75%" },
  );
  for (const id of links.keys()) seen.observe(document.getElementById(id));
})();
