module slipway/argo

go 1.25.0
