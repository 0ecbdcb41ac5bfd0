/* The model, linked into flash as it is. Two symbols: where it starts (a multiple of 8, as open
 * asks) and ends. */
  .section .model, "a", %progbits
  .balign 8
  .global model_start
  .global model_end
model_start:
  .incbin EXAMPLE_MODEL
model_end:
