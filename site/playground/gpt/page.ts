/** @file A small GPT that writes while it learns. */
import { element } from "../dom.ts";
import { Workbench } from "../workbench.ts";
import program from "./program.ts?raw";

/** Fills an element; returns what ends the page. */
export function mount(parent: HTMLElement, base: string): () => void {
  const written = element("div", { class: "pg-text", tabindex: "0", role: "log", "aria-label": "What it writes" });
  const bench = new Workbench({
    program,
    base,
    charts: ["loss"],
    unit: "letters",
    devices: false,
    parts: [written],
    onStart: () => written.replaceChildren(),
    onShow: (_, value) => {
      if (typeof value === "string") written.prepend(element("p", {}, value));
    },
  });
  parent.replaceChildren(bench.element);
  return () => bench.destroy();
}
