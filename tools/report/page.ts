import { type Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

export interface Page {
  title: string;
  /** Files and the like, under the title. */
  subtitle: string;
  /** The verdicts are those of a stand-in for a model: said at the top and in the title, so that nobody quotes them. */
  simulated: boolean;
  body: readonly Html[];
}

/** A whole page in one file: no script, nothing fetched, light or dark as the reader has it, and fit to be printed. */
export function page({ title, subtitle, simulated, body }: Page): string {
  const marked = simulated ? `${title} (simulated)` : title;
  return `<!doctype html>\n${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="Assay">
<title>${marked}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="subtitle">${subtitle}</p>
${
  simulated &&
  html`<p class="simulated" role="note"><strong>Simulated.</strong> These verdicts were made up by a stand-in for a model. They show how the figures are computed, and say nothing about any model.</p>`
}
</header>
${body}
</main>
</body>
</html>
`.text
  }`;
}

/** A part of a page, with its heading. */
export function section(heading: string, ...content: readonly (Html | false | null)[]): Html {
  return html`<section><h2>${heading}</h2>
${content.filter((one) => one instanceof Object)}
</section>
`;
}
