/** @file The editor: CodeMirror with tapegrad's types from the compiler's worker. */
import { autocompletion } from "@codemirror/autocomplete";
import { javascript } from "@codemirror/lang-javascript";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import {
  tsAutocompleteWorker,
  tsFacetWorker,
  tsHoverWorker,
  tsLinterWorker,
  tsSyncWorker,
} from "@valtown/codemirror-ts";
import { basicSetup } from "codemirror";
import * as Comlink from "comlink";
import type { Compiler } from "./types-worker.ts";

/** The program's place among the compiler's files. */
const PATH = "/program.ts";

/** Colours are the site's, which change with its mode. */
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.controlKeyword], color: "var(--pg-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--pg-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--pg-number)" },
  { tag: [tags.typeName, tags.className], color: "var(--pg-type)" },
  { tag: tags.comment, color: "var(--vp-c-text-3)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": {
    color: "var(--vp-c-text-1)",
    backgroundColor: "var(--vp-code-block-bg)",
    fontSize: "13px",
    maxHeight: "560px",
  },
  ".cm-scroller": { fontFamily: "var(--vp-font-family-mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--vp-c-text-1)" },
  ".cm-cursor": { borderLeftColor: "var(--vp-c-text-1)" },
  ".cm-gutters": { backgroundColor: "var(--vp-code-block-bg)", color: "var(--vp-c-text-3)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--vp-c-default-soft)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--vp-c-brand-soft) !important",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--vp-c-bg-elv)",
    color: "var(--vp-c-text-1)",
    border: "1px solid var(--vp-c-divider)",
    maxWidth: "min(560px, 90vw)",
  },
  ".cm-tooltip pre, .cm-tooltip div": { whiteSpace: "pre-wrap" },
});

/** A program that can be changed, and made into JavaScript. */
export interface Editor {
  readonly code: string;
  /** @throws SyntaxError for a program that cannot be read */
  compile(): Promise<string>;
  reset(code: string): void;
  destroy(): void;
}

/** What the editor knows as soon as its compiler does. */
function typed(worker: Comlink.Remote<Compiler>): Extension {
  return [
    tsFacetWorker.of({ worker, path: PATH }),
    tsSyncWorker(),
    tsLinterWorker(),
    autocompletion({ override: [tsAutocompleteWorker()] }),
    tsHoverWorker(),
  ];
}

/** Puts an editor into an element. Its compiler starts at once and is there when it is needed. */
export function createEditor(parent: HTMLElement, code: string): Editor {
  const inner = new Worker(new URL("./types-worker.ts", import.meta.url), { type: "module", name: "types" });
  const compiler = Comlink.wrap<Compiler>(inner);
  const types = new Compartment();
  const view = new EditorView({
    doc: code,
    parent,
    extensions: [
      basicSetup,
      javascript({ typescript: true }),
      syntaxHighlighting(colours),
      theme,
      EditorView.contentAttributes.of({ "aria-label": "The program" }),
      types.of([]),
    ],
  });
  // Before it reads all types, which takes seconds on a phone: the program as it stands can be run at once.
  const first = compiler.transpile(code);
  void first
    .then(() => compiler.initialize())
    .then(() => {
      view.dispatch({ effects: types.reconfigure(typed(compiler)) });
      // From here on it hears of changes.
      return compiler.updateFile({ path: PATH, code: view.state.doc.toString() });
    });
  return {
    get code() {
      return view.state.doc.toString();
    },
    compile: async () => {
      const now = view.state.doc.toString();
      return now === code ? first : compiler.transpile(now);
    },
    reset: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    destroy: () => {
      view.destroy();
      inner.terminate();
    },
  };
}
