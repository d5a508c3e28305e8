/** To come. */
export function Revenue() {
  return null;
}
