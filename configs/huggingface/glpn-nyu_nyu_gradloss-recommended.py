_base_ = './depth-anything-v2-metric-indoor-small_nyu_gradloss-recommended.py'
model = dict(pretrained='vinvino02/glpn-nyu')
