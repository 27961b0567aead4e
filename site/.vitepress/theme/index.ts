/** @file VitePress's theme with the site's colours. */
import DefaultTheme from "vitepress/theme";
import "./style.css";

export default { extends: DefaultTheme };
