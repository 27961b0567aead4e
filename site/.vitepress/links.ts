/** @file Links of the repository's papers, which are pages of the site as well. */

const PAGES: Readonly<Record<string, string>> = {
  "test/golden/COVERAGE.md": "/coverage",
  "bench/NOTES.md": "/benchmarks",
  "CONTRIBUTING.md": "/contributing",
  "CHANGELOG.md": "/changelog",
};

/** Where a link leads on the site: to the page of a file in the repository, or where it led before. */
export function pageOf(href: string): string {
  if (/^\w+:|^[#/]/.test(href)) return href;
  const [file = "", fragment] = href.split("#");
  const path = file.replace(/^(?:\.\.?\/)+/, "");
  const page = PAGES[path] ?? /^docs\/([\w-]+)\.md$/.exec(path)?.[1] ?? exampleOf(path);
  if (page === undefined) return href;
  return `${page.startsWith("/") ? page : `/${page}`}${fragment === undefined ? "" : `#${fragment}`}`;
}

function exampleOf(path: string): string | undefined {
  const name = /^examples\/([\w-]+)\.ts$/.exec(path)?.[1];
  return name === undefined ? undefined : `/examples/${name}`;
}
