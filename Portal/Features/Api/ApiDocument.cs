using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Portal.Features.Api;

/// <summary>The API as an OpenAPI document. It is checked in (docs/openapi.json), and a test keeps it in step.</summary>
internal static class ApiDocument
{
    public const string Name = "v1";
    public const string Path = $"{ApiEndpoints.Prefix}/openapi.json";

    private const string Scheme = "token";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(Name, options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = description => $"/{description.RelativePath}".StartsWith(ApiEndpoints.Prefix, StringComparison.Ordinal);
        options.AddDocumentTransformer(Describe);
        options.AddOperationTransformer(Describe);
        options.AddSchemaTransformer(Describe);
    });

    private static Task Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Portal",
            Version = Name,
            Description = "Environments on AWS: ask for them, decide, watch and operate them. Tokens are made at /tokens. A refusal is a problem of RFC 9457 with a `code`, and with `errors` where fields need mending. "
                + "What changes something is done once under an Idempotency-Key, which is kept for 24 hours.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token that was made at /tokens; it begins with pt_." },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        return Task.CompletedTask;
    }

    private static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.Parameters ??= [];
        foreach (var parameter in metadata.OfType<TakesQuery>().SelectMany(takes => takes.Parameters))
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = ParameterLocation.Query,
                Description = parameter.Description,
                Schema = new OpenApiSchema { Type = parameter.Type, Enum = [.. parameter.Choices.Select(choice => System.Text.Json.Nodes.JsonValue.Create(choice))] },
            });
        }

        foreach (var match in metadata.OfType<TakesIfMatch>())
            operation.Parameters.Add(Header("If-Match", match.What));
        if (metadata.OfType<NeedsScope>().LastOrDefault() is { } needs)
            operation.Description = $"Wants the scope {needs.Scope.ToString().ToLowerInvariant()}.";
        if (metadata.OfType<IsDoneOnce>().Any())
            operation.Parameters.Add(Header(IdempotencyFilter.Header, "Of the caller's choosing, up to 200 letters: sent again with the same, it is done once and answered the same; with another body it is refused (422)."));

        if (metadata.OfType<TakesSpecification>().Any() && operation.RequestBody is OpenApiRequestBody body)
            body.Description = "A specification, as docs/environment.schema.json describes it. What is not said has its default.";
        return Task.CompletedTask;
    }

    private static OpenApiParameter Header(string name, string description) =>
        new() { Name = name, In = ParameterLocation.Header, Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } };

    // What specifications of earlier versions said is read where they are stored; nobody begins with it.
    private static Task Describe(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var property in context.JsonTypeInfo.Properties)
        {
            if (property.AttributeProvider is System.Reflection.PropertyInfo { GetMethod.IsPublic: false })
                schema.Properties?.Remove(property.Name);
        }

        return Task.CompletedTask;
    }
}
