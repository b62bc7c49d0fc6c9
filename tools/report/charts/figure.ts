import { type Html, html } from "../html.ts";

export interface Figure {
  /** Unique on its page: letters, digits and hyphens. */
  id: string;
  title: string;
  /** What there is to be seen, for whoever cannot see it. */
  description: string;
  width: number;
  height: number;
  drawing: readonly Html[];
}

/** A drawing as inline SVG that tells its title and what it shows; narrower screens scroll it. */
export function figure({ id, title, description, width, height, drawing }: Figure): Html {
  return html`<div class="scroll"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title>
<desc id="${id}-desc">${description}</desc>
${drawing}
</svg></div>`;
}
