/** What a call is known by: the item that it is about, and its part of the judgement. */
export function callId(item: string, part: string): string {
  return `${item}\n${part}`;
}
