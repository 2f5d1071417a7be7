using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;
using Portal.Core.Security;
using Portal.Features.Api;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Mcp;

/// <summary>/mcp: the Model Context Protocol, with the API's tokens, limits and calls.</summary>
public static class McpExtensions
{
    public const string Path = "/mcp";

    private static readonly Dictionary<string, TokenScope> s_scopes = new(StringComparer.Ordinal)
    {
        [PortalTools.Approve] = TokenScope.Approve,
        [PortalTools.Reject] = TokenScope.Approve,
        [PortalTools.Propose] = TokenScope.Approve,
        [PortalTools.TakeBack] = TokenScope.Approve,
        [PortalTools.Destroy] = TokenScope.Destroy,
        ["request_environment"] = TokenScope.Request,
        ["request_change"] = TokenScope.Request,
        ["withdraw_request"] = TokenScope.Request,
        ["accept_proposal"] = TokenScope.Request,
        ["decline_proposal"] = TokenScope.Request,
        ["plan_environment"] = TokenScope.Request,
        ["plan_change"] = TokenScope.Request,
    };

    public static void AddPortalMcp(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddMcpServer(options => options.ServerInstructions =
                "A portal that hands out environments on AWS. Plan before you request; people approve. Never confirm a loss of data or decide a request unless a person told you to.")
            .WithHttpTransport(options =>
            {
                // Any portal answers; whoever asks brings the token along each time.
                options.SessionMode = HttpServerSessionMode.Stateless;
                options.ConfigureSessionOptions = (context, server, _) =>
                {
                    var actor = TokenHandler.HolderOf(context).Actor;
                    // What the token cannot do is not offered.
                    var offered = new McpServerPrimitiveCollection<McpServerTool>();
                    foreach (var tool in server.ToolCollection?.Where(tool => !s_scopes.TryGetValue(tool.ProtocolTool.Name, out var scope) || actor.Lets(scope)) ?? [])
                        offered.Add(tool);
                    server.ToolCollection = offered;
                    return Task.CompletedTask;
                };
            })
            .WithTools<PortalTools>(new JsonSerializerOptions(Bodies.Json) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() });
    }

    public static void MapPortalMcp(this WebApplication app)
    {
        var mcp = app.MapMcp(Path);
        mcp.RequireAuthorization(TokenHandler.Policy).WithMetadata(new RequestSizeLimitAttribute(Bodies.Most));
    }
}
