namespace Portal.Worker;

internal static class Program
{
    public static Task Main(string[] args)
    {
        var app = WebApplication.CreateBuilder(args).Build();
        return app.RunAsync();
    }
}
