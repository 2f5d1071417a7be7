namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Every type this emulator provisions. What is not here is refused as AWS refuses an unknown type.</summary>
internal static class ResourceTypes
{
    private static readonly Dictionary<string, ResourceType> s_types =
        NetworkTypes.All.Concat(IdentityTypes.All).Concat(EksTypes.All).Concat(DataTypes.All).Concat(ApiGatewayTypes.All).Concat(OperationsTypes.All).Concat(MessagingTypes.All).Concat(StoreTypes.All)
            .ToDictionary(type => type.Name);

    public static ResourceType? Find(string name) => s_types.GetValueOrDefault(name);

    public static ResourceType Get(string name) => s_types[name];
}
