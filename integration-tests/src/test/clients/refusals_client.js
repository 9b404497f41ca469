// What mysql2 for Node makes of the proxy's refusals; the budget is one backend, and a second connection holds it.
'use strict';
const assert = require('assert');
const mysql = require('mysql2/promise');

const settings = {
  host: process.env.DB_HOST,
  port: Number(process.env.DB_PORT),
  user: process.env.DB_USER,
  password: process.env.DB_PASSWORD,
  database: process.env.DB_SCHEMA,
};

async function refused(promise, errno, sqlState, text) {
  let error;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error, 'was not refused with ' + errno);
  assert.ok(error instanceof Error);
  assert.strictEqual(error.errno, errno);
  assert.strictEqual(error.sqlState, sqlState);
  assert.ok(error.message.includes(text), error.message);
  console.log(error.constructor.name + ' ' + error.code + ' ' + error.errno + ': ' + error.message);
}

async function value(connection, query) {
  const [rows] = await connection.query({ sql: query, rowsAsArray: true });
  return rows[0][0];
}

async function main() {
  const holder = await mysql.createConnection(settings);
  const client = await mysql.createConnection(settings);
  await refused(mysql.createConnection(settings), 1040, '08004', "class 'tight' has 2 of 2 clients");

  await holder.beginTransaction();
  await value(holder, 'SELECT 1');
  await refused(value(client, 'SELECT 2'), 1040, '08004', "class 'tight' got no backend within");
  await refused(client.execute('SELECT 2'), 1040, '08004', 'most held by');
  await holder.commit();
  assert.strictEqual(await value(client, 'SELECT 3'), 3);

  await holder.beginTransaction();
  await value(holder, 'SELECT 4');
  await new Promise((resolve) => setTimeout(resolve, 3200));
  assert.strictEqual(await value(client, 'SELECT 5'), 5);
  await refused(value(holder, 'SELECT 6'), 1226, '42000', 'above idle-in-transaction-timeout of 3000 ms');
  assert.strictEqual(await value(holder, 'SELECT 7'), 7);
  await holder.end();
  await client.end();
  console.log('OK');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
