/** To come. */
export function Funnel() {
  return null;
}
