/**
 * What becomes of a body that is still being sent when its request has been answered. It is read and thrown away for a while, because a client
 * that is cut off while it sends may never see the answer; then the connection is closed.
 */
import type { NextFunction, Request, Response } from 'express';

const LINGER_MS = 5000;

export function discardUnread(request: Request, response: Response, next: NextFunction): void {
  response.once('finish', () => {
    if (request.complete) return;
    request.resume();
    const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(timer));
  });
  next();
}
