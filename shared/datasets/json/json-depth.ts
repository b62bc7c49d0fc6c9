/** Whether brackets of a JSON text are nested deeper than so many levels; those in strings do not count. */
export function isNestedDeeper(json: string, levels: number): boolean {
  return hasMoreBrackets(json, levels) && depthOf(json) > levels;
}

/** Nearly every text has few, which is seen at once. */
function hasMoreBrackets(json: string, most: number): boolean {
  let count = 0;
  for (const bracket of "[{")
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1))
      if (++count > most) return true;
  return false;
}

function depthOf(json: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (inString) {
      if (char === "\\") at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") deepest = Math.max(deepest, ++depth);
    else if (char === "}" || char === "]") depth--;
  }
  return deepest;
}
