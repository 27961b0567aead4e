/** @file The documentation site: pages, navigation, search, and the headers that give the playground its threads. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type DefaultTheme, defineConfig } from "vitepress";
import { pageOf } from "./links.ts";

/** Where a host puts the site: `/`, or the folder `SITE_BASE`. */
const base = process.env.SITE_BASE ?? "/";

/** Without the reference the site is built in a fraction of the time. */
const isDraft = process.env.SITE_DRAFT === "1";

/** Browsers give shared memory, and with it threads, to pages that come with these. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** The reference's pages, which scripts/api.ts wrote beside them. */
function apiSidebar(): DefaultTheme.SidebarItem[] {
  const file = fileURLToPath(new URL("../api/sidebar.json", import.meta.url));
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as DefaultTheme.SidebarItem[]) : [];
}

const guide: DefaultTheme.SidebarItem[] = [
  {
    text: "Guide",
    items: [
      { text: "Start", link: "/guide/start" },
      { text: "Tensors", link: "/guide/tensors" },
      { text: "Autograd", link: "/guide/autograd" },
      { text: "The training loop", link: "/guide/training" },
      { text: "Data", link: "/guide/data" },
      { text: "Devices and speed", link: "/guide/devices" },
      { text: "Saving", link: "/guide/saving" },
      { text: "Testing gradients", link: "/guide/testing-gradients" },
      { text: "The Keras half", link: "/guide/keras" },
      { text: "Compile", link: "/compile" },
      { text: "Distributed", link: "/guide/distributed" },
      { text: "In a web page", link: "/pages" },
    ],
  },
  {
    text: "Coming from",
    items: [
      { text: "PyTorch", link: "/guide/from-pytorch" },
      { text: "TensorFlow.js", link: "/guide/from-tensorflow" },
    ],
  },
  {
    text: "Examples",
    items: [
      { text: "MNIST", link: "/examples/mnist" },
      { text: "A convolutional network", link: "/examples/cnn" },
      { text: "An LSTM that writes", link: "/examples/text" },
      { text: "MNIST in Keras's way", link: "/examples/mnist-keras" },
      { text: "Several ranks", link: "/examples/distributed" },
    ],
  },
  {
    text: "More",
    items: [
      { text: "Differences from PyTorch", link: "/differences" },
      { text: "Coverage", link: "/coverage" },
      { text: "Benchmarks", link: "/benchmarks" },
      { text: "Keras: layers and files", link: "/keras" },
      { text: "Several ranks: MPI", link: "/distributed" },
      { text: "How far it scales", link: "/distributed-scaling" },
      { text: "ONNX", link: "/onnx" },
      { text: "TensorBoard", link: "/tensorboard" },
      { text: "Profiler", link: "/profiler" },
      { text: "Architecture", link: "/architecture" },
      { text: "Contributing", link: "/contributing" },
      { text: "Changelog", link: "/changelog" },
    ],
  },
];

export default defineConfig({
  base,
  lang: "en",
  title: "tapegrad",
  description: "A PyTorch-style, define-by-run autograd engine in TypeScript",
  cleanUrls: false,
  srcExclude: ["README.md", "node_modules", "test/**", ...(isDraft ? ["api/**"] : [])],
  ignoreDeadLinks: isDraft,
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }]],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    config(md) {
      md.core.ruler.push("pages-of-the-repository", ({ tokens }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.type === "link_open" ? token.attrGet("href") : null;
          if (href !== null) token.attrSet("href", pageOf(href));
        }
      });
    },
  },
  themeConfig: {
    logo: "/icon.svg",
    nav: [
      { text: "Guide", link: "/guide/start", activeMatch: "^/guide/" },
      { text: "API", link: "/api/", activeMatch: "^/api/" },
      {
        text: "Playground",
        activeMatch: "^/playground/",
        items: [
          { text: "Read digits", link: "/playground/" },
          { text: "Two moons", link: "/playground/moons" },
          { text: "A small GPT", link: "/playground/gpt" },
          { text: "Check a gradient", link: "/playground/gradcheck" },
        ],
      },
    ],
    sidebar: { "/api/": apiSidebar(), "/playground/": [], "/": guide },
    outline: [2, 3],
    search: { provider: "local" },
    docFooter: { prev: "Previous", next: "Next" },
  },
  vite: {
    server: { headers: isolation },
    preview: { headers: isolation },
    // Programs that a visitor runs are modules, in workers too.
    worker: { format: "es" },
    build: { chunkSizeWarningLimit: 4000, target: "es2022" },
    esbuild: { target: "es2022" },
  },
});
