# What `cmake --install` puts where, and the two Debian packages that CPack makes of it: heartbeat
# (component runtime, without libtorch) and heartbeat-train (component training). script/package runs
# it all; decision 0028 says why it is so.
include(GNUInstallDirs)

install(TARGETS heartbeat RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
# metrics.json is where the figures of /metrics and /model come from; heartbeat looks beside the model.
install(
  FILES models/heartbeat.onnx models/metrics.json
  DESTINATION ${CMAKE_INSTALL_DATADIR}/heartbeat/models
  COMPONENT runtime)
install(
  FILES models/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR}
  RENAME model-card.md
  COMPONENT runtime)
install(
  FILES NOTICE NEWS.md docs/operations.md deploy/debian/copyright
  DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT runtime)
install(
  FILES deploy/prometheus/alerts.yml deploy/prometheus/prometheus.yml deploy/grafana/heartbeat.json
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/monitoring
  COMPONENT runtime)

# The program describes itself: manual pages and completion come from its own table of options.
set(described ${CMAKE_CURRENT_BINARY_DIR}/described)
set(changelog ${described}/changelog.gz)
add_custom_command(
  OUTPUT ${described}/stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${described}
  COMMAND $<TARGET_FILE:heartbeat> man --out-dir ${described}/man
  COMMAND gzip --best --no-name --recursive ${described}/man
  COMMAND $<TARGET_FILE:heartbeat> completion bash > ${described}/heartbeat
  COMMAND $<TARGET_FILE:heartbeat> completion zsh > ${described}/_heartbeat
  COMMAND gzip --best --no-name --stdout ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/changelog > ${changelog}
  COMMAND ${CMAKE_COMMAND} -E touch ${described}/stamp
  DEPENDS heartbeat deploy/debian/changelog
  COMMENT "Writing the manual pages and the completion scripts"
  VERBATIM)
add_custom_target(heartbeat_described DEPENDS ${described}/stamp)
# Only the package build needs them: `cmake --install` of another build leaves out what is not there.
install(
  DIRECTORY ${described}/man/
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
  COMPONENT runtime)
install(
  FILES ${described}/heartbeat
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  COMPONENT runtime)
install(
  FILES ${described}/_heartbeat
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
  COMPONENT runtime)
install(
  FILES ${changelog}
  DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT runtime)

# Debian's places, whatever the prefix: systemd and the configuration are nowhere else.
install(
  FILES deploy/systemd/heartbeat.service
  DESTINATION /lib/systemd/system
  COMPONENT runtime)
install(
  FILES deploy/systemd/sysusers.conf
  DESTINATION /usr/lib/sysusers.d
  RENAME heartbeat.conf
  COMPONENT runtime)
install(
  FILES deploy/debian/heartbeat.toml
  DESTINATION /etc/heartbeat
  COMPONENT runtime)

if(HEARTBEAT_BUILD_TRAINING)
  # heartbeat looks there (src/cli/trainer.h); nobody calls it by hand.
  install(TARGETS heartbeat-train RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/heartbeat
                                          COMPONENT training)
  install(
    FILES models/heartbeat.toml
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/heartbeat-train/examples
    COMPONENT training)
  install(
    FILES deploy/debian/copyright ${changelog}
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/heartbeat-train
    COMPONENT training)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME heartbeat)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "HeartBeat AI maintainers <maintainers@heartbeat.example>")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
                                                GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL runtime)
if(HEARTBEAT_BUILD_TRAINING)
  list(APPEND CPACK_COMPONENTS_ALL training)
endif()
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME heartbeat)
# CPack indents what follows the first line.
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION
    "heart-sound analysis: normal or abnormal, how sure, and why
HeartBeat AI listens to a heart-sound recording (a phonocardiogram) and says
whether it sounds normal or abnormal, how sure it is, whether the recording
is good enough to say so, and why. It is decision support, never a diagnosis.
.
This package has the command line, the server with its REST API and its
dashboard, and the model. Training is in heartbeat-train.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS heartbeat-train)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
    ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/conffiles
    ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/postinst
    ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/prerm
    ${CMAKE_CURRENT_SOURCE_DIR}/deploy/debian/postrm)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_TRAINING_PACKAGE_NAME heartbeat-train)
set(CPACK_COMPONENT_TRAINING_DESCRIPTION
    "heart-sound analysis: training of models
HeartBeat AI listens to a heart-sound recording (a phonocardiogram) and says
whether it sounds normal or abnormal. This package lets heartbeat train
models, and its server fine-tune them. It brings libtorch along.")
set(CPACK_DEBIAN_TRAINING_PACKAGE_DEPENDS "heartbeat (= ${PROJECT_VERSION})")
# Debian's default BLAS is the slow reference one.
set(CPACK_DEBIAN_TRAINING_PACKAGE_RECOMMENDS libopenblas0-pthread)
include(CPack)
