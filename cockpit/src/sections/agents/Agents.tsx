/** To come. */
export function Agents() {
  return null;
}
