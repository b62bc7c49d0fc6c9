/** The body of any request of a job but for its messages, which are appended as the JSON text that they are. */
export function bodyStartOf(request: Record<string, unknown>): string {
  const start = JSON.stringify(request).slice(0, -1);
  return `${start}${start === "{" ? "" : ","}"messages":`;
}
