_base_ = './depth-anything-v2-small_relative_nyu_gradloss-recommended.py'
model = dict(pretrained='Intel/dpt-hybrid-midas')
