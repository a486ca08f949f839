/**
 * What `work` makes of something that is open. Where it fails, that is closed, since nobody else would: a trainer process prepares one job after the other.
 */
export async function closeOnError<T>(opened: { close(): Promise<void> }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await opened.close();
    throw error;
  }
}
