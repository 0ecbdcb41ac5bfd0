# cmake -DROWS= -DOUTPUT= -P join_footprints.cmake: the table of what the runtime adds to a program (footprint.cmake).
set(table "part,input,optimization,open,predict,self_test,monitor,snapshot,full_monitor,full_snapshot,stack_bound\n")
foreach(file ${ROWS})
  file(READ ${file} row)
  string(APPEND table "${row}")
endforeach()
file(WRITE ${OUTPUT} "${table}")
