/** A moment as config.yaml shows it: "YYYY_MM_DD-HH_MM_SS", in UTC. */
export function creationDate(iso: string): string {
  return iso.slice(0, 19).replaceAll(/[-:]/g, "_").replace("T", "-");
}
