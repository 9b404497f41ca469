// mysql2 for Node: text and server-side prepared statements, a pool of 50 connections.
'use strict';
const assert = require('assert');
const mysql = require('mysql2/promise');

const settings = {
  host: process.env.DB_HOST,
  port: Number(process.env.DB_PORT),
  user: process.env.DB_USER,
  password: process.env.DB_PASSWORD,
  database: process.env.DB_SCHEMA,
  charset: 'utf8mb4',
};

async function main() {
  const connection = await mysql.createConnection(settings);
  await connection.query('DROP TABLE IF EXISTS node_rows');
  await connection.query(
    'CREATE TABLE node_rows (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) UNIQUE, note TEXT NULL, n INT NOT NULL' +
      ' DEFAULT 0, data LONGBLOB) ENGINE=InnoDB CHARACTER SET utf8mb4');
  const blob = Buffer.alloc(3 << 20, 'blob');
  const [inserted] = await connection.execute('INSERT INTO node_rows (name, note, data) VALUES (?, ?, ?)', ['kůň 🐎', null, blob]);
  assert.strictEqual(inserted.insertId, 1);
  const [rows] = await connection.execute('SELECT name, note, data FROM node_rows WHERE id = ?', [1]);
  assert.strictEqual(rows[0].name, 'kůň 🐎');
  assert.strictEqual(rows[0].note, null);
  assert.ok(rows[0].data.equals(blob));

  await assert.rejects(connection.execute('INSERT INTO node_rows (name) VALUES (?)', ['kůň 🐎']), { errno: 1062 });
  await connection.beginTransaction();
  await connection.query('INSERT INTO node_rows (name) VALUES (?)', ['gone']);
  await connection.rollback();
  const [counted] = await connection.query('SELECT COUNT(*) AS n FROM node_rows');
  assert.strictEqual(counted[0].n, 1);

  for (let i = 0; i < 100; i++) {
    await connection.execute('INSERT INTO node_rows (name) VALUES (?)', ['row ' + i]);
  }
  const pool = mysql.createPool({ ...settings, connectionLimit: 50 });
  await Promise.all(Array.from({ length: 1000 }, async (_, i) => {
    const one = await pool.getConnection();
    try {
      await one.beginTransaction();
      await one.execute('UPDATE node_rows SET n = n + 1 WHERE name = ?', ['row ' + (i % 100)]);
      await one.commit();
    } finally {
      one.release();
    }
  }));
  const [sum] = await connection.query('SELECT CAST(SUM(n) AS SIGNED) AS n FROM node_rows');
  assert.strictEqual(sum[0].n, 1000);
  await pool.end();
  await connection.query('DROP TABLE node_rows');
  await connection.end();
  console.log('OK');
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
