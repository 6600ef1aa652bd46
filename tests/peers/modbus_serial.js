// A Modbus slave on modbus-serial (npm), unit 3. Test side.
//   node modbus_serial.js tcp PORT MEMORY | rtu TTY MEMORY     MEMORY: JSON {holding, input, coil, discrete: {address: value}}
const modbus = require("modbus-serial");
const [kind, where, json] = process.argv.slice(2);
const memory = JSON.parse(json);
const of = (table, zero) => (address) => memory[table][address] ?? zero;
const vector = {
  getHoldingRegister: of("holding", 0),
  getInputRegister: of("input", 0),
  getCoil: of("coil", false),
  getDiscreteInput: of("discrete", false),
};
const ready = () => console.log("ready");
if (kind === "tcp") {
  new modbus.ServerTCP(vector, { host: "127.0.0.1", port: Number(where), unitID: 3 }).on("initialized", ready);
} else {
  new modbus.ServerSerial(vector, { port: where, baudRate: 115200, unitID: 3, openCallback: ready });
}
