namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>API Gateway: REST APIs (v1) and the V2 VPC link they use.</summary>
internal static class ApiGatewayTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::ApiGateway::RestApi", r => r.Alphanumeric(10)).With("RestApiId", r => r.PhysicalId).With("RootResourceId", r => r.Alphanumeric(10, "root")),
        new ResourceType("AWS::ApiGatewayV2::VpcLink", r => r.Alphanumeric(10)).With("VpcLinkId", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::Resource", r => r.Alphanumeric(6)).With("ResourceId", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::Method", r => $"{r.Text("RestApiId")}|{r.Text("ResourceId")}|{r.Text("HttpMethod")}"),
        new ResourceType("AWS::ApiGateway::Deployment", r => r.Alphanumeric(6)).With("DeploymentId", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::Stage", r => r.Text("StageName", "default")).ScopedBy("RestApiId"),
        new ResourceType("AWS::ApiGateway::Authorizer", r => r.Alphanumeric(6)).With("AuthorizerId", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::ApiKey", r => r.Alphanumeric(10)).With("APIKeyId", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::UsagePlan", r => r.Alphanumeric(6)).With("Id", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::UsagePlanKey", r => $"{r.Text("KeyId")}:{r.Text("UsagePlanId")}").With("Id", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::GatewayResponse", r => r.Alphanumeric(6)).With("Id", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::Account", r => r.Alphanumeric(10)).With("Id", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::Model", r => r.Name("Name")).ScopedBy("RestApiId"),
        new ResourceType("AWS::ApiGateway::RequestValidator", r => r.Alphanumeric(6)).With("RequestValidatorId", r => r.PhysicalId),
        new ResourceType("AWS::ApiGateway::DomainName", r => r.Text("DomainName"))
            .With("RegionalDomainName", r => $"d-{r.Alphanumeric(10)}.execute-api.{r.Region}.amazonaws.com").With("RegionalHostedZoneId", _ => "Z1UJRXOUMOOFQ8")
            .With("DomainNameArn", r => $"arn:aws:apigateway:{r.Region}::/domainnames/{r.PhysicalId}"),
        // Of that type, of which a zone has one a name.
        new ResourceType("AWS::Route53::RecordSet", r => r.Text("Name")).ScopedBy("HostedZoneId"),
        new ResourceType("AWS::ApiGateway::BasePathMapping", r => $"{r.Text("DomainName")}|{r.Text("BasePath", "(none)")}"),
    ];
}
