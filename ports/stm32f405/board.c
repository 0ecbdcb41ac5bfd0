/* STM32F405. Source: RM0090, "STM32F405/415, STM32F407/417, ... reference manual". It runs at the 16 MHz of its
 * internal oscillator, as it starts: no crystal is needed, whatever the board has, and the flash has no wait states. */

#include "serial/board.h"

#include "port.h"

typedef volatile uint32_t reg;
#define REG(address) (*(reg*)(uintptr_t)(address))

#define RCC_AHB1ENR REG(0x40023830)
#define RCC_APB1ENR REG(0x40023840)
#define RCC_APB2ENR REG(0x40023844)
enum { kGpioA = 1 << 0, kTimer2 = 1 << 0, kUsart1 = 1 << 4 };

/* TX is PA9, RX is PA10, with a pull-up, so that no open wire sends frames. */
#define GPIOA_MODER REG(0x40020000)
#define GPIOA_PUPDR REG(0x4002000c)
#define GPIOA_AFRH REG(0x40020024)
enum { kTxPin = 9, kRxPin = 10, kAlternate = 2, kPullUp = 1, kUsartFunction = 7 };

#define USART_SR REG(0x40011000)
#define USART_DR REG(0x40011004)
#define USART_BRR REG(0x40011008)
#define USART_CR1 REG(0x4001100c)
enum { kReceived = 1 << 5, kEmpty = 1 << 7, kOn = 1 << 13 | 1 << 3 | 1 << 2, kInterrupt = 1 << 5 };
enum { kClockHz = 16000000, kBaud = 115200, kDivider = (kClockHz + kBaud / 2) / kBaud };

/* The UART's interrupt, number 37. It is never taken: pending, it ends a wait. */
#define NVIC_ISER1 REG(0xe000e104)
#define NVIC_ICPR1 REG(0xe000e284)
enum { kUsartInterrupt = 1 << (37 - 32) };

#define TIMER_CR1 REG(0x40000000)
#define TIMER_EGR REG(0x40000014)
#define TIMER_CNT REG(0x40000024)
#define TIMER_PSC REG(0x40000028)

static void start_uart(void) {
  GPIOA_PUPDR |= (uint32_t)kPullUp << 2 * kRxPin;
  GPIOA_AFRH |= (uint32_t)kUsartFunction << 4 * (kTxPin - 8) | (uint32_t)kUsartFunction << 4 * (kRxPin - 8);
  GPIOA_MODER |= (uint32_t)kAlternate << 2 * kTxPin | (uint32_t)kAlternate << 2 * kRxPin;
  USART_BRR = kDivider;
  USART_CR1 = kOn | kInterrupt;
  __asm__ volatile("cpsid i");
  NVIC_ISER1 = kUsartInterrupt;
}

void board_start(void) {
  RCC_AHB1ENR |= kGpioA;
  RCC_APB1ENR |= kTimer2;
  RCC_APB2ENR |= kUsart1;
  (void)RCC_APB2ENR; /* a clock is there two cycles after it was switched on */
  start_uart();
  TIMER_PSC = kClockHz / 1000000 - 1;
  TIMER_EGR = 1; /* takes the prescaler */
  TIMER_CR1 = 1;
}

uint8_t board_take(void) {
  while ((USART_SR & kReceived) == 0) {
    __asm__ volatile("wfi" ::: "memory");
    NVIC_ICPR1 = kUsartInterrupt;
  }
  return (uint8_t)USART_DR;
}

void board_put(uint8_t byte) {
  while ((USART_SR & kEmpty) == 0) {
  }
  USART_DR = byte;
}

static uint32_t started, stopped;

void port_tick_start(void) { started = TIMER_CNT; }
void port_tick_stop(void) { stopped = TIMER_CNT; }
uint64_t port_ticks(void) { return (uint32_t)(stopped - started); }
