# cmake -DNPM= -DNODE= -DSOURCE= -DFOLDER= -DOUT= -P bundle.cmake: fetches what the lockfile names and bundles it.
file(MAKE_DIRECTORY ${FOLDER})
file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${FOLDER})
execute_process(COMMAND ${NPM} ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error
  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message(FATAL_ERROR "npm could not fetch vega, vega-lite and vega-embed, which draw the charts of reports:\n${said}\n"
    "It needs the npm registry once. To build without reports: cmake --preset host -DNUTHATCH_REPORTS=OFF")
endif()
execute_process(COMMAND ${NODE} ${SOURCE}/bundle.mjs ${FOLDER} ${OUT} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${SOURCE}/bundle.mjs could not bundle what npm fetched")
endif()
