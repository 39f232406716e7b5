/** A key for members that are measured with one. It is in this repository, so it is no secret. */
export const benchKeys = {
  security: { keys: [{ id: 'bench', secret: 'known to all who read the sources' }] },
}
