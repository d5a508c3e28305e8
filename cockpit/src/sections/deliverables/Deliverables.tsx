/** To come. */
export function Deliverables() {
  return null;
}
