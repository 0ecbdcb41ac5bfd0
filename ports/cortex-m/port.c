/* port.h on a board whose files come through semihosting. */

#include "../port.h"

#include "boards.h"
#include "semihosting.h"
#include "startup.h"

/* From sections.ld. */
extern const uint8_t __model_start[], __model_limit[];
extern uint8_t __free_start[], __free_end[];

void port_say(const char* text) { semihosting_say(text); }

void port_exit(int code) { semihosting_exit(code); }

port_file port_open(const char* name, port_mode mode) {
  enum { kReadBinary = 1, kWriteBinary = 5 };
  return semihosting_open(name, mode == PORT_READ ? kReadBinary : kWriteBinary);
}

int32_t port_length(port_file file) { return semihosting_length(file); }

int port_read(port_file file, void* bytes, size_t size) { return semihosting_read(file, bytes, size) == 0 ? 0 : -1; }

int port_write(port_file file, const void* bytes, size_t size) {
  return semihosting_write(file, bytes, size) == 0 ? 0 : -1;
}

int port_close(port_file file) { return semihosting_close(file); }

/* The emulator put the model's bytes into flash; how many they are only its file knows. */
const uint8_t* port_model(size_t* size) {
  const port_file file = port_open(NUTHATCH_MODEL_FILE, PORT_READ);
  const int32_t length = file < 0 ? -1 : port_length(file);
  if (length < 0) {
    port_say("no " NUTHATCH_MODEL_FILE " in the working directory\n");
    return NULL;
  }
  (void)port_close(file);
  if (length > __model_limit - __model_start) {
    port_say(NUTHATCH_MODEL_FILE " is larger than this board's flash for a model\n");
    return NULL;
  }
  *size = (size_t)length;
  return __model_start;
}

void* port_free_memory(size_t* size) {
  *size = (size_t)(__free_end - __free_start);
  return __free_start;
}
