/* nRF51822. Source: nRF51 Series Reference Manual v3.0. A task or event is a register that takes or holds 1. */

#include "serial/board.h"

#include "port.h"

typedef volatile uint32_t reg;
#define REG(address) (*(reg*)(uintptr_t)(address))

/* The micro:bit's schematic: the interface chip, and through it USB, is at these pins. */
enum { kTxPin = 24, kRxPin = 25 };

#define CLOCK_HFCLKSTART REG(0x40000000)
#define CLOCK_HFCLKSTARTED REG(0x40000100)

#define GPIO_OUTSET REG(0x50000508)
#define GPIO_CONFIG(pin) REG(0x50000700 + 4 * (pin))
enum { kOutput = 3, kInputPulledUp = 0 | 3 << 2 };

#define UART_STARTRX REG(0x40002000)
#define UART_STARTTX REG(0x40002008)
#define UART_RXDRDY REG(0x40002108)
#define UART_TXDRDY REG(0x4000211c)
#define UART_INTENSET REG(0x40002304)
#define UART_ENABLE REG(0x40002500)
#define UART_PSELTXD REG(0x4000250c)
#define UART_PSELRXD REG(0x40002514)
#define UART_RXD REG(0x40002518)
#define UART_TXD REG(0x4000251c)
#define UART_BAUDRATE REG(0x40002524)
enum { kUartOn = 4, k115200 = 0x01d7e000, kReceived = 1 << 2 };

/* The UART's interrupt, number 2. It is never taken: pending, it ends a wait. */
#define NVIC_ISER REG(0xe000e100)
#define NVIC_ICPR REG(0xe000e280)
enum { kUartInterrupt = 1 << 2 };

#define TIMER_START REG(0x40008000)
#define TIMER_CAPTURE0 REG(0x40008040)
#define TIMER_BITMODE REG(0x40008508)
#define TIMER_PRESCALER REG(0x40008510)
#define TIMER_CC0 REG(0x40008540)
enum { k32Bits = 3, kSixteenth = 4 }; /* of 16 MHz */

/* The crystal: the internal oscillator, 1.5 % off at worst, leaves a UART little to spare. */
static void start_clock(void) {
  CLOCK_HFCLKSTART = 1;
  while (CLOCK_HFCLKSTARTED == 0) {
  }
}

static void start_uart(void) {
  GPIO_OUTSET = 1u << kTxPin;
  GPIO_CONFIG(kTxPin) = kOutput;
  GPIO_CONFIG(kRxPin) = kInputPulledUp;
  UART_PSELTXD = kTxPin;
  UART_PSELRXD = kRxPin;
  UART_BAUDRATE = k115200;
  UART_ENABLE = kUartOn;
  UART_INTENSET = kReceived;
  __asm__ volatile("cpsid i");
  NVIC_ISER = kUartInterrupt;
  UART_STARTTX = 1;
  UART_STARTRX = 1;
}

void board_start(void) {
  start_clock();
  start_uart();
  TIMER_BITMODE = k32Bits;
  TIMER_PRESCALER = kSixteenth;
  TIMER_START = 1;
}

uint8_t board_take(void) {
  while (UART_RXDRDY == 0) {
    __asm__ volatile("wfi" ::: "memory");
    NVIC_ICPR = kUartInterrupt;
  }
  UART_RXDRDY = 0; /* before the byte is read: the next one in the FIFO sets it again */
  return (uint8_t)UART_RXD;
}

void board_put(uint8_t byte) {
  UART_TXD = byte;
  while (UART_TXDRDY == 0) {
  }
  UART_TXDRDY = 0;
}

static uint32_t started, stopped;

static uint32_t now(void) {
  TIMER_CAPTURE0 = 1;
  return TIMER_CC0;
}

void port_tick_start(void) { started = now(); }
void port_tick_stop(void) { stopped = now(); }
uint64_t port_ticks(void) { return (uint32_t)(stopped - started); }
