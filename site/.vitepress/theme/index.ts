/** @file VitePress's theme, with the playground's pages as components. */
import DefaultTheme from "vitepress/theme";
import { defineComponent, h, onBeforeUnmount, onMounted, ref } from "vue";
import "./style.css";

/** What a page of the playground is: it fills an element, and gives a function that ends it. */
type Mount = (element: HTMLElement, base: string) => (() => void) | Promise<() => void>;

/** Each page is loaded by the browser when it is opened, and by nothing else. */
const pages: Readonly<Record<string, () => Promise<{ mount: Mount }>>> = {
  DigitsPlayground: () => import("../../playground/digits/page.ts"),
  MoonsPlayground: () => import("../../playground/moons/page.ts"),
  GptPlayground: () => import("../../playground/gpt/page.ts"),
  GradcheckPlayground: () => import("../../playground/gradcheck/page.ts"),
};

function componentOf(load: () => Promise<{ mount: Mount }>) {
  return defineComponent(() => {
    const root = ref<HTMLElement>();
    let end: (() => void) | undefined;
    let isGone = false;
    onMounted(async () => {
      const { mount } = await load();
      if (root.value === undefined || isGone) return;
      end = await mount(root.value, new URL(import.meta.env.BASE_URL, location.href).href);
      if (isGone) end();
    });
    onBeforeUnmount(() => {
      isGone = true;
      end?.();
    });
    return () => h("div", { ref: root, class: "playground" }, h("p", "The page needs JavaScript. Loading …"));
  });
}

export default {
  extends: DefaultTheme,
  enhanceApp({ app }: { app: import("vue").App }) {
    for (const [name, load] of Object.entries(pages)) app.component(name, componentOf(load));
  },
};
