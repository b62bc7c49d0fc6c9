const IDS_REMEMBERED = 10_000;

/**
 * Tells whether a message's id was seen before. A broker that restarts forgets the ids of messages that were acked and
 * dropped, and stores one again that a dispatcher resends for want of an answer: it is no second call.
 */
export function recentIds(): (id: string) => boolean {
  const seen = new Set<string>();
  return (id) => {
    if (id === "") return false;
    if (seen.has(id)) return true;
    seen.add(id);
    if (seen.size > IDS_REMEMBERED) seen.delete(seen.values().next().value!);
    return false;
  };
}
