type Rgb = [red: number, green: number, blue: number];

/** From low to high: told apart by people who see no red or green, and by their lightness where nothing but grey is printed. */
const STOPS: Rgb[] = [
  [166, 86, 40],
  [245, 200, 150],
  [235, 235, 235],
  [150, 190, 225],
  [33, 80, 140],
];

/** Parts that are no scores, from what one hopes for to what one does not. */
export const GOOD = { fill: "rgb(33 80 140)", ink: "#ffffff" };
export const MIDDLING = { fill: "rgb(220 220 220)", ink: "#1a1a1a" };
export const DOUBTFUL = { fill: "rgb(245 200 150)", ink: "#1a1a1a" };
export const BAD = { fill: "rgb(166 86 40)", ink: "#ffffff" };

/** The colour of a value on its scale, and that of text upon it. @param at 0 lowest, 1 highest */
export function scoreColour(at: number): { fill: string; ink: string } {
  const place = Math.min(Math.max(at, 0), 1) * (STOPS.length - 1);
  const lower = Math.min(Math.floor(place), STOPS.length - 2);
  const [from, to] = [STOPS[lower]!, STOPS[lower + 1]!];
  const mixed = from.map((one, channel) => Math.round(one + (to[channel]! - one) * (place - lower))) as Rgb;
  return { fill: `rgb(${mixed.join(" ")})`, ink: luminance(mixed) > 0.25 ? "#1a1a1a" : "#ffffff" };
}

/** Relative luminance of WCAG 2.2. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
