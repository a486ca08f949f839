/** A server whose handlers throw where nothing catches it, guarded as the API is. Prints its port. Does not listen to signals. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { keepInHand, surviveRequests } from '../../src/http/in-hand.js';

const fault = (name: string): never => {
  throw new Error(name);
};

surviveRequests();
const app = express();
app.use(keepInHand);
app.get('/timer', () => void setTimeout(() => fault('timer'), 5));
app.get('/tick', () => process.nextTick(() => fault('tick')));
app.get('/rejection', () => void Promise.reject(new Error('rejection')));
app.post('/data', (request) => void request.on('data', () => fault('data')));
app.get('/half', (_request, response) => {
  response.write('half');
  setTimeout(() => fault('half'), 20);
});
app.get('/fine', (_request, response) => void response.json({ fine: true }));
const server = createServer(app).listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});
// Belongs to no request.
process.stdin.once('data', () => fault('elsewhere'));
