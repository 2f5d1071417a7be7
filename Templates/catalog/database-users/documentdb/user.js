// Run by mongosh, without a connection: this makes its own. A cluster is one store, and programs name their databases themselves, so that the
// rights are those to all of its databases. readWriteAnyDatabase and readAnyDatabase hold no right over users:
// https://docs.aws.amazon.com/documentdb/latest/developerguide/role_based_access_control.html
const fs = require('fs');
const https = require('https');

const read = place => fs.readFileSync(`/portal/${place}`, 'utf8');

// Who signs the cluster's certificate, from AWS by a public authority's: https://docs.aws.amazon.com/documentdb/latest/developerguide/connect_programmatically.html
const authorities = 'https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem';
const bundle = '/tmp/authorities.pem';
let [pem, failure] = ['', ''];
const request = https.get(authorities, { timeout: 30000 }, answer => {
  answer.setEncoding('utf8').on('data', part => { pem += part; }).on('error', error => { failure = error.message; })
    .on('end', () => { failure = answer.statusCode === 200 ? 'none' : `it answered with ${answer.statusCode}`; });
});
request.on('timeout', () => request.destroy(new Error('nothing came for 30 s'))).on('error', error => { failure = error.message; });
// mongosh takes no await here, and lets others work while it sleeps.
while (failure === '')
  sleep(50);
if (failure !== 'none')
  throw new Error(`The authorities of the database's certificate could not be had of ${authorities}: ${failure}.`);
fs.writeFileSync(bundle, pem);

const { DATABASE_HOST: host, DATABASE_PORT: port, DATABASE_USER: user, DATABASE_ACCESS: access, WORD: word } = process.env;
const master = `${encodeURIComponent(read('master/username'))}:${encodeURIComponent(read('master/password'))}`;
const options = `authSource=admin&replicaSet=rs0&retryWrites=false&tls=true&tlsCAFile=${encodeURIComponent(bundle)}&serverSelectionTimeoutMS=20000`;
// Users stand in admin, whatever they are for.
const admin = new Mongo(`mongodb://${master}@${host}:${port}/?${options}`).getDB('admin');
const isThere = admin.runCommand({ usersInfo: user }).users.length > 0;
if (word === 'drop') {
  if (isThere)
    admin.dropUser(user);
} else {
  const rights = { pwd: read('user/password'), roles: [{ role: access === 'read' ? 'readAnyDatabase' : 'readWriteAnyDatabase', db: 'admin' }] };
  if (isThere)
    admin.updateUser(user, rights);
  else
    admin.createUser({ user, ...rights });
}
