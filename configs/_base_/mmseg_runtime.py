# The stand-in lets mmsegmentation be imported beside mmcv-lite; with mmcv it
# does nothing.
custom_imports = dict(imports=[
    'mmdepth_gradloss.config.mmcv_ops_stand_in', 'mmdepth_gradloss'
])
