// Logs in and says as whom. Arguments: the CA, certificate and key for TLS, - for none.
const fs = require('fs');
const [ca, certificate, key] = process.argv.slice(2);
const settings = {
  host: process.env.DB_HOST, port: Number(process.env.DB_PORT), user: process.env.DB_USER, password: process.env.DB_PASSWORD,
};
if (ca !== '-') {
  settings.ssl = { rejectUnauthorized: false, ca: fs.readFileSync(ca) };
  if (certificate !== '-') {
    settings.ssl.cert = fs.readFileSync(certificate);
    settings.ssl.key = fs.readFileSync(key);
  }
}
const connection = require('mysql2').createConnection(settings);
connection.on('error', (error) => { console.log(error.message); process.exit(1); });
connection.query('SELECT CURRENT_USER() AS me', (error, rows) => {
  if (error) {
    console.log(error.message);
    process.exit(1);
  }
  console.log(rows[0].me);
  connection.end();
});
