/* The page's files as bytes of the program; html.cpp names them. */
#define EMBED(name, file) \
  .global name; .global name##_end; name: .incbin file; name##_end: .byte 0

  .section .rodata
EMBED(nuthatch_web_libraries, NUTHATCH_WEB_LIBRARIES)
EMBED(nuthatch_web_script, NUTHATCH_WEB_SCRIPT)
EMBED(nuthatch_web_style, NUTHATCH_WEB_STYLE)
  .section .note.GNU-stack, "", %progbits
