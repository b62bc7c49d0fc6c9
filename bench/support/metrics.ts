/** Sums a metric's samples, or those of them with a label such as `outcome="ok"`; 0 where there is none. */
export type Metrics = (name: string, label?: string) => number;

/** What a service's /metrics say at one moment; nothing, where it does not answer. */
export async function readMetrics(http: string | undefined): Promise<Metrics> {
  const text =
    http === undefined
      ? ""
      : await fetch(`${http}/metrics`).then(
          (response) => response.text(),
          () => "",
        );
  const lines = text.split("\n");
  return (name, label = "") =>
    lines
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .filter((line) => line.includes(label))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
